"""What the declared topics must be for state and alerts to be right."""

import pytest

from monitor.topics import ALERTS, DEAD_LETTERS, JOURNEYS, PAGES, SCORED, Topic, declare_topics

TWO_MEGABYTES = 2_000_000


def _declared(partitions: int = 4, replication: int = 1) -> dict[str, Topic]:
    return {topic.name: topic for topic in declare_topics(partitions, replication)}


def test_the_changelog_is_compacted_and_never_deleted() -> None:
    config = _declared()[JOURNEYS].config
    assert config["cleanup.policy"] == "compact"
    assert "retention.ms" not in config


def test_compaction_leaves_an_owner_time_to_repair_void_entries() -> None:
    assert int(_declared()[JOURNEYS].config["min.compaction.lag.ms"]) >= 60_000


def test_the_changelog_has_a_partition_for_each_scored_partition() -> None:
    topics = _declared(partitions=7)
    assert topics[JOURNEYS].partitions == topics[SCORED].partitions == 7


def test_alerts_are_compacted_and_end_at_last() -> None:
    config = _declared()[ALERTS].config
    assert config["cleanup.policy"] == "compact,delete"
    assert int(config["retention.ms"]) == 90 * 24 * 60 * 60 * 1000


def test_a_two_megabyte_text_fits_the_dead_letters_and_a_state_batch_the_changelog() -> None:
    topics = _declared()
    assert int(topics[DEAD_LETTERS].config["max.message.bytes"]) > 2 * TWO_MEGABYTES
    assert int(topics[JOURNEYS].config["max.message.bytes"]) > 2 * TWO_MEGABYTES


@pytest.mark.parametrize("replication", [1, 2])
def test_few_replicas_do_not_ask_for_more_in_sync_than_can_stay(replication: int) -> None:
    assert all("min.insync.replicas" not in topic.config for topic in declare_topics(4, replication))


def test_three_replicas_keep_each_confirmed_write_on_two() -> None:
    assert all(topic.config["min.insync.replicas"] == "2" for topic in declare_topics(4, 3))
    assert all(topic.replication == 3 for topic in declare_topics(4, 3))


def test_no_lagging_replica_becomes_leader() -> None:
    assert all(topic.config["unclean.leader.election.enable"] == "false" for topic in declare_topics(4))


def test_every_topic_says_what_it_is_for_and_what_keys_it() -> None:
    assert all(topic.purpose and topic.key for topic in declare_topics(4))


def test_all_alerts_have_one_order_and_so_has_who_is_paged_for_them() -> None:
    topics = _declared(partitions=7)
    assert topics[ALERTS].partitions == topics[PAGES].partitions == 1
    assert topics[PAGES].config["cleanup.policy"] == "compact"
