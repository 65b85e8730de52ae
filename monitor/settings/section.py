"""Owns what every section of the settings is: frozen, and closed to names it does not know."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A frozen part of the tree that refuses a name it does not know."""

    # No interval may be endless: a TOML file can say inf.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)
