"""The leaves of the condition language. A new one is one file here and one line in ``registry``.

A leaf's ``parse(value, place, context)`` gives a frozen object with

- ``sql(setting)``: a SELECT of member ids, of which one may come several times;
- ``source()`` and ``test(columns, setting)``, where it measures: the rows it reads, one a member, and whether such a row
  (all NULL of a member without one) fits; or ``TABLE`` and ``term(row, setting)``, where such rows are kept;
- ``turns(columns, setting)``, where time alone may change the answer: SQL of the earliest such moment after the as-of one;
- ``complement()``, where it may be true of members without any fact: the leaf of those of whom it is not;
- ``signals()``: which facts it needs; ``describe()``: itself in words.

``FORM`` says its fields to a visual builder. This file imports none of them: sources use filters of this package.
"""
