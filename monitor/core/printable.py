"""What somebody else wrote, made fit to be shown on a line."""


def clean(text: str) -> str:
    """Take out what would steer a terminal: everything that cannot be printed."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
