"""Answer any kind of question, right or wrong, in a browser as people do or with a form's fields."""

from playwright.async_api import Page

from issuer.assessments.bank import read_bank, shipped
from issuer.assessments.demonstration import OFFERED
from issuer.demo import right
from schemas.items import Inline, Item, Match, Multiple, Numeric, Order, Single, Text

Fields = dict[str, list[str]]
ITEMS = {item.id: item for name in OFFERED for item in read_bank(shipped(name)).items}


def fields(item_id: str, *, knows: bool = True) -> Fields:
    """What a form sends, name to values, from somebody who knows the answer or does not."""
    item = ITEMS[item_id]
    return right(item) if knows else _wrong(item)


def _wrong(item: Item) -> Fields:
    if isinstance(item, Single | Multiple):
        return {"option": [next(option.id for option in item.options if option.id not in item.key)]}
    if isinstance(item, Order):
        return {f"place.{name}": [str(place)] for place, name in enumerate(reversed(item.key), 1)}
    if isinstance(item, Match):
        target = next(one.id for one in item.targets if one.id != item.key[item.options[0].id])
        return {f"match.{option.id}": [target] for option in item.options}
    if isinstance(item, Inline):
        return {f"gap.{gap.id}": [next(o.id for o in gap.options if o.id != gap.key)] for gap in item.gaps}
    assert isinstance(item, Text | Numeric)
    return {"text": ["Nothing"]} if isinstance(item, Text) else {"number": ["-99"]}


async def fill(page: Page, *, knows: bool = True) -> str:
    """Fill in the question on the page; returns its item's id."""
    item_id = await page.locator("input[name=item]").input_value()
    for name, values in fields(item_id, knows=knows).items():
        field = page.locator(f"[name='{name}']")
        for value in values:
            if name == "option":
                await page.locator(f"input[name=option][value='{value}']").check()
            elif name in ("text", "number"):
                await field.fill(value)
            else:
                await field.select_option(value)
    return item_id


async def answer(page: Page, *, knows: bool = True) -> None:
    """Answer the question on the page and go on."""
    await fill(page, knows=knows)
    async with page.expect_navigation():
        await page.get_by_role("button", name="Next").click()
