"""Personal data: what it looks like (an entity a kind), where it stands, and how it is told without repeating it.

`entity.ENTITIES` holds every kind in order of precedence: the order in which the rooms below are read. A new room
is imported here; it registers its entities with `entity.register`.
"""

# ruff: isort: off
from pipelines.govern.personal import numbers as numbers
from pipelines.govern.personal import contact as contact
from pipelines.govern.personal import vehicle as vehicle
from pipelines.govern.personal import location as location
from pipelines.govern.personal import name as name
from pipelines.govern.personal import address as address
from pipelines.govern.personal import life as life
