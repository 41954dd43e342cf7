"""Where the shipped files are: icons, example networks, lessons, translations."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_PLACES = (_PACKAGE / "resources", _PACKAGE.parent / "resources")
"""In an installed wheel they lie inside the package, in a checkout beside it."""


def resource(*parts: str) -> Path:
    """The path of a shipped file or folder, such as ``resource("examples", "spiral.grad")``.

    Raises:
        FileNotFoundError: nothing of that name was shipped.
    """
    for place in _PLACES:
        found = place.joinpath(*parts)
        if found.exists():
            return found
    wanted, looked = "/".join(parts) or "resources", " and ".join(map(str, _PLACES))
    raise FileNotFoundError(f"GradStudio's file {wanted} is missing; looked in {looked}. Install GradStudio again.")
