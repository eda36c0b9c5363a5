"""Why something is not imported: stable codes, each with what it means (docs/qti.md lists them)."""

CODES: dict[str, str] = {
    "package.unreadable": "There is no file, folder or package that can be read.",
    "package.damaged": "The package is no whole zip archive.",
    "package.too_large": "The package, a file in it, or all of it unpacked is larger than an import reads.",
    "package.too_many": "The package holds more files than an import reads.",
    "package.ratio": "A file in the package unpacks to far more than any text does.",
    "package.path": "A name in the package leaves it, or is no plain path.",
    "package.link": "The package or folder holds a symbolic link.",
    "package.twice": "The package holds the same name twice.",
    "package.encrypted": "A file in the package is encrypted.",
    "package.compression": "A file in the package is packed with another method than deflate.",
    "package.nested": "The package holds an archive.",
    "package.empty": "There is no assessment item in it.",
    "manifest.missing": "The package has no imsmanifest.xml, or the manifest names a file that is not there.",
    "manifest.malformed": "The manifest is no manifest of a QTI 3 package.",
    "manifest.outside": "The manifest names a file outside the package.",
    "xml.malformed": "The file is no well-formed XML.",
    "xml.encoding": "The file is neither UTF-8 nor UTF-16, or not what it says.",
    "xml.declares": "The file declares a document type or an entity.",
    "xml.too_large": "The file has more elements, attributes or text than an item needs.",
    "xml.too_deep": "The file is nested too deeply.",
    "item.version": "The file is no assessment item of QTI 3.",
    "item.identifier": "The item has no identifier, or one that another item has.",
    "item.adaptive": "Something is asked only after an earlier attempt.",
    "item.template": "The template makes no question that can be written out.",
    "item.file": "The item refers to a file that is not in the package.",
    "item.stimulus": "The item needs companion materials, or a stimulus that is none.",
    "item.interaction": "The item has an interaction that is not one of the eight.",
    "item.interactions": "The item has several interactions that do not make one question.",
    "item.media": "The item has a picture, sound, film or object.",
    "item.mathematics": "The item has mathematical notation that has no form in a line of text.",
    "item.markup": "The item has markup that plain text cannot carry.",
    "item.text": "The item has characters or a length that a text cannot have.",
    "item.declaration": "A declaration of the item is missing, or not as QTI has it.",
    "item.unscored": "Nothing in the item says what an answer is worth.",
    "item.operator": "The response processing uses an operator that is not evaluated.",
    "item.processing": "The response processing does not make sense.",
    "item.constant": "Every answer is worth the same.",
    "item.ambiguous": "Several answers are worth the most, and none of them is declared as correct.",
    "item.partial": "Answers are worth something in between, in a way that our kinds of item do not have.",
    "item.empty_right": "Leaving the question unanswered is worth the most.",
    "item.bounds": "The numbers that are right are not one range between decimals.",
    "item.derivation": "What is right cannot be told from the response processing with certainty.",
    "item.too_many_answers": "There are more possible answers than are tried.",
    "item.unfit": "The item would not pass the lint of a bank.",
    "bank.unfit": "The bank as a whole would not pass the lint.",
}


class ImportRefused(Exception):  # noqa: N818 - a refusal with a stable code, not an error of ours
    """`code` is one of CODES; `detail` is a sentence that names what and where."""

    def __init__(self, code: str, detail: str) -> None:
        if code not in CODES:
            raise KeyError(code)
        super().__init__(detail)
        self.code = code
        self.detail = detail


def named(text: str) -> str:
    """A stranger's name as it can stand in a sentence: one line, quoted, at most 80 characters."""
    return repr(text if len(text) <= 80 else f"{text[:77]}...")  # noqa: PLR2004 - as the docstring says
