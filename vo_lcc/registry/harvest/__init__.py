"""Harvests of other publishing registries by OAI-PMH 2.0 (Registry Interfaces 1.1).

client      questions over HTTP, with patience and limits    -> bytes
answers     XML of a stranger                                -> Answer
judging     which records are taken, and why others are not  -> Verdict
storing     a transaction for each answer                    -> State
harvester   all of it, for one peer                          -> Report
periodic    again and again, in processes that serve
"""

from vo_lcc.registry.harvest.client import HarvestLimits
from vo_lcc.registry.harvest.harvester import Harvester, Report, Settings
from vo_lcc.registry.harvest.periodic import Harvesting, forget_unlisted
from vo_lcc.registry.harvest.publishers import find_publishers

__all__ = [
    "HarvestLimits",
    "Harvester",
    "Harvesting",
    "Report",
    "Settings",
    "find_publishers",
    "forget_unlisted",
]
