"""Two people who take an assessment: one has a keyboard alone, one a phone and a screen reader.

Both find everything by its role and its accessible name, as assistive technology tells it. Only what the
right answer is, they know from elsewhere: from the bank.
"""

import re
from typing import Any, Protocol

from playwright.async_api import Locator, Page, expect

from issuer.demo import right
from schemas.items import Inline, Item, Match, Multiple, Numeric, Order, Single, Task, Text
from tests.e2e.answering import ITEMS

MOST_STOPS = 60
# Where the focus is: how far down, whether it can be seen, and whether something lies over it.
FOCUS = """() => {
    const here = document.activeElement;
    if (here === document.body) return null;
    const places = [here, here.closest("label")].filter(place => place);
    const ring = places.map(place => getComputedStyle(place)).some(style =>
        (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none");
    const box = here.getBoundingClientRect();
    const top = Math.max(box.top, 0), middle = top + Math.min(box.bottom - top, 20) / 2;
    const above = document.elementFromPoint(box.x + box.width / 2, middle);
    return {
        what: here.outerHTML.slice(0, 120), number: [...document.querySelectorAll("*")].indexOf(here),
        top: box.top + scrollY, bottom: box.bottom + scrollY, ring,
        seen: box.bottom > 0 && box.top < innerHeight && places.some(place => place.contains(above)),
    };
}"""
# Where Tab begins is not where nothing has the focus: that alone would go on from the last place.
TO_THE_TOP = """() => {
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
    scrollTo(0, 0);
}"""


class Hand(Protocol):
    """How somebody works a page; what is named stands on it."""

    page: Page

    async def press(self, button: Locator) -> None: ...
    async def choose(self, radio: Locator) -> None: ...
    async def tick(self, checkbox: Locator) -> None: ...
    async def select(self, box: Locator, label: str) -> None: ...
    async def write(self, field: Locator, text: str) -> None: ...


class Keyboard:
    """Tab, Shift+Tab, arrow keys, Space, Enter and letters; the focus is seen wherever it goes."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def reach(self, target: Locator) -> None:
        for _ in range(MOST_STOPS):
            await self.page.keyboard.press("Tab")
            await self.seen()
            if await has_focus(target):
                return
        raise AssertionError(f"Tab does not reach {target}")

    async def seen(self) -> dict[str, Any] | None:
        """Where the focus is, which can be seen; None beyond the page's own stops."""
        focus: dict[str, Any] | None = await self.page.evaluate(FOCUS)
        if focus is not None:
            assert focus["ring"], f"no visible focus at {focus['what']}"
            assert focus["seen"], f"the focus is hidden at {focus['what']}"
        return focus

    async def walk(self) -> int:
        """From the top with Tab through every stop and round to the first, and one back; returns how many.

        The focus never goes up, and nothing keeps it.
        """
        await self.page.evaluate(TO_THE_TOP)
        stops: list[dict[str, Any]] = []
        while True:
            await self.page.keyboard.press("Tab")
            stop = await self.seen()
            if stop is None or (stops and stop["number"] == stops[0]["number"]):
                break
            assert not stops or stop["bottom"] > stops[-1]["top"], f"the focus goes up to {stop['what']}"
            stops.append(stop)
            assert len(stops) < MOST_STOPS, "the focus is kept"
        back = None
        for _ in range(2):  # the way back may lead by the browser's own bar
            await self.page.keyboard.press("Shift+Tab")
            back = back or await self.seen()
        assert back is not None, "there is no way back"
        assert back["number"] in {stops[-1]["number"], stops[-2]["number"]}
        return len(stops)

    async def press(self, button: Locator) -> None:
        await self.reach(button)
        await self.page.keyboard.press("Enter")

    async def choose(self, radio: Locator) -> None:
        await self.page.keyboard.press("Tab")
        while await self.page.evaluate("document.activeElement.type") != "radio":
            await self.page.keyboard.press("Tab")
        await self.page.keyboard.press("Space")
        for _ in range(MOST_STOPS):
            await self.seen()
            if await radio.is_checked():
                return
            await self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrow keys do not reach {radio}")

    async def tick(self, checkbox: Locator) -> None:
        await self.reach(checkbox)
        await self.page.keyboard.press("Space")
        await expect(checkbox).to_be_checked()

    async def select(self, box: Locator, label: str) -> None:
        await self.reach(box)
        for _ in range(MOST_STOPS):
            if await box.evaluate("one => one.selectedOptions[0].label") == label:
                return
            await self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrow keys do not reach {label}")

    async def write(self, field: Locator, text: str) -> None:
        await self.reach(field)
        await self.page.keyboard.type(text)


class Touch:
    """A finger, on what a screen reader has named."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def press(self, button: Locator) -> None:
        await button.tap()

    async def choose(self, radio: Locator) -> None:
        await radio.tap()
        await expect(radio).to_be_checked()

    async def tick(self, checkbox: Locator) -> None:
        await checkbox.tap()
        await expect(checkbox).to_be_checked()

    async def select(self, box: Locator, label: str) -> None:
        await box.select_option(label=label)  # the list that opens is the phone's own

    async def write(self, field: Locator, text: str) -> None:
        await field.tap()
        await self.page.keyboard.type(text)


async def has_focus(target: Locator) -> bool:
    return bool(await target.evaluate("one => one === document.activeElement"))


def spoken(text: str) -> str:
    """What is read out of a text: what is set as code has no marks around it."""
    return " ".join(text.replace("`", "").split())


async def current(page: Page) -> Item:
    """The question on the page; what answers it right is nothing that the page could tell."""
    return ITEMS[await page.locator("input[name=item]").input_value()]


async def answer(hand: Hand) -> Item:
    """Answer the question on the page right, and stop before going on."""
    item = await current(hand.page)
    group = hand.page.get_by_role("group", name=spoken(item.stem), exact=True)
    await expect(group).to_have_accessible_description(re.compile(r"\.$"))  # how it is answered
    options = {one.id: spoken(one.text) for one in getattr(item, "options", ())}
    if isinstance(item, Task):
        await hand.write(group.get_by_role("textbox", name="Your answer"), "The join repeats invoice 1.")
        return item
    wanted = right(item)
    match item:
        case Single():
            (key,) = wanted["option"]
            await hand.choose(group.get_by_role("radio", name=options[key], exact=True))
        case Multiple():
            shown = await hand.page.get_by_role("checkbox").evaluate_all("all => all.map(one => one.value)")
            for key in sorted(wanted["option"], key=shown.index):
                await hand.tick(group.get_by_role("checkbox", name=options[key], exact=True))
        case Order():
            await select_all(hand, group, {options[key]: str(n) for n, key in enumerate(item.key, 1)})
        case Match():
            targets = {one.id: one.text for one in item.targets}
            await select_all(hand, group, {options[key]: targets[to] for key, to in item.key.items()})
        case Inline():
            chosen = [next(one.text for one in gap.options if one.id == gap.key) for gap in item.gaps]
            await select_all(hand, group, {f"Gap {n}": text for n, text in enumerate(chosen, 1)})
        case Text():
            await hand.write(group.get_by_role("textbox", name="Your answer", exact=True), wanted["text"][0])
        case Numeric():
            await hand.write(group.get_by_role("textbox", name="Your answer"), wanted["number"][0])
    return item


async def select_all(hand: Hand, group: Locator, wanted: dict[str, str]) -> None:
    """Select in each box what belongs there, from the top of the page down."""
    boxes = [(name, group.get_by_role("combobox", name=name, exact=True)) for name in wanted]
    places = [
        await one.evaluate("one => one.getBoundingClientRect().top * 1e4 + one.offsetLeft")
        for _, one in boxes
    ]
    for _, (name, box) in sorted(zip(places, boxes, strict=True), key=lambda pair: float(pair[0])):
        await hand.select(box, wanted[name])


async def go_on(hand: Hand) -> None:
    """Press *Next*, and wait for the page after it."""
    async with hand.page.expect_navigation():
        await hand.press(hand.page.get_by_role("button", name="Next", exact=True))
