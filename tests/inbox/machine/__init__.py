"""A machine that lives mornings at the desk: everybody acts in any order, and what must hold is looked at after each
deed.

`books` is the database, `house` the desk's structure; `base` what happened so far; `relay`, `requesters`, `agents`,
`doors` and `trouble` what can happen; `laws` what must hold.
"""
