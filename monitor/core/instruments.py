"""What scoring measures with, and what it has learned of who is who."""

import msgspec

from monitor.core.complaint import ComplaintModel
from monitor.core.identity import Identities, Pseudonyms
from monitor.core.language import LanguageGate
from monitor.core.polarity import PolarityModel
from monitor.core.reading import Reader
from monitor.core.sentiment import Analyzer
from monitor.core.words import WordModel


class Instruments(msgspec.Struct, frozen=True):
    """The whole set, shared by all who score."""

    analyzer: Analyzer
    words: WordModel
    reader: Reader
    polarities: PolarityModel
    complaints: ComplaintModel
    pseudonyms: Pseudonyms
    identities: Identities = msgspec.field(default_factory=Identities)
    languages: LanguageGate = LanguageGate()
