"""The condition language: which members are meant, said in JSON. See docs/conditions.md.

``parse.condition`` turns JSON into small frozen objects or raises ``Fault`` with the place of what is wrong;
``compile.members`` turns those into one SQL statement; ``describe.sentence`` says them in words.
A leaf is one file in ``leaves/`` and one line in its registry.
"""
