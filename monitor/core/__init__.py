"""The product's thinking, pure: no clock, no I/O, no Kafka, no Faust, no logging. Time is an argument."""
