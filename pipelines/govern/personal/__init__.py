"""Personal data: what it looks like (an entity a kind), where it stands, and how it is told without repeating it.

`entity.ENTITIES` holds every kind in order of precedence: the order in which the rooms below are read. A new room
is imported here; it registers its entities with `entity.register`.
"""

from pipelines.govern.personal import numbers as numbers
