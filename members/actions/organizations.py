from members.models import Organization


def create(*, code: str, name: str, kind: str, parent: Organization | None = None) -> Organization:
    """A new node of the tree. Its path is written by the database; kind and place never change afterwards."""
    node = Organization.objects.create(code=code, name=name, kind=kind, parent=parent)
    node.refresh_from_db(fields=["path"])
    return node
