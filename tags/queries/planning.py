"""How PostgreSQL should go about our statements. Only within a transaction: nothing of it outlives one.

A condition of thirty parts is compiled to machine code for longer (seconds) than it runs, so never compile. A few members'
facts are found through indexes: no estimate should read a table of ten million orders for them. Groups and sorts of everybody
take 64 MB each, rather than files.
"""

from django.db import connection

PLAIN = "SET LOCAL jit = off; SET LOCAL work_mem = '64MB'"
FEW = "SET LOCAL jit = off; SET LOCAL enable_seqscan = off"


def plain() -> None:
    with connection.cursor() as cursor:
        cursor.execute(PLAIN)


def few() -> None:
    with connection.cursor() as cursor:
        cursor.execute(FEW)
