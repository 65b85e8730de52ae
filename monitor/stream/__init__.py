"""The Faust shell: carries the pure pipeline through Kafka, one event per fetched batch, exact after a crash."""
