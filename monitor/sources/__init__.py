"""Turns the records of the user's own topics into canonical messages and milestones, as `[[source]]` tables say.

    [[source]]
    topic = "helpdesk.comments"
    preset = "zendesk"                  # optional: canonical, x, zendesk, google_play, app_store, csv
    map.brand = { const = "acme" }      # field = rule; it replaces the preset's rule for that field
    map.product = "detail.custom.product"

Without a preset the record is canonical as it stands, or, where `map` is given, mapped by that alone.

A rule says where a value comes from, and optionally what becomes of it:

    from   "a.b.0"  or  { path = "a.b.0" }            a dotted path; a number is a place in a list
           { path = "users[id=data.author].name" }    in a list: the first whose `id` equals that one
           { path = "refs[type='reply'].id" }         or equals that text
           { any = ["a", "b"] }                       the first path that is there
           { join = ["title", "body"], with = " " }   the texts that are there, joined
           { const = "review" }                       always this
           { coordinates = true }                     only for `id`: topic-partition-offset
    then   time = "iso8601" | "unix_s" | "unix_ms" | "%d/%m/%Y %H:%M", timezone = "UTC" | "Europe/Berlin" | …
           scale = [0, 10]                            a rating, mapped linearly onto 1 to 5
           values = { open = "inbound" }              a closed translation; true is "true"
           prefix = "https://x.com/i/web/status/"     put before the text
    else   default = "…"                              where nothing is there, or `values` does not list it

`author` and `customer` name the CUSTOMER in both directions. Where a record has a field in different places:

    map.author = { inbound = "from", outbound = "to" }
    brand_authors = ["@acme"]           # what these write is outbound (compared without @ and case)

`permalink` is no preset's: on a public platform an address may name the person who wrote there, and it leaves with
their complaints. Map it where people may be looked up:

    map.permalink = { path = "data.id", prefix = "https://x.com/i/web/status/" }

A source of `kind = "event"` tells what the user's own systems did: its records become milestones, which take a
customer to a stage of the life cycle. It maps `id`, `at`, `stage`, and `customer` or `author` with its `channel`:

    kind = "event"
    map.id = "order.id"
    map.at = "order.placed_at"
    map.customer = "order.customer"
    map.name = "type"                   # what happened, for the customer's story
    map.stage = { path = "type", values = { order_placed = "purchase", cancelled = "former" }, default = "none" }

Null is as good as absent, and so is an empty string, except in `text`. Numbers may be strings. `at` is
iso8601 unless its rule says otherwise. What a rule gets wrong is refused at start, with the field named.
"""

from monitor.sources.mapping import Decode, Source, compile_source
from monitor.sources.presets import PRESETS

__all__ = ["PRESETS", "Decode", "Source", "compile_source"]
