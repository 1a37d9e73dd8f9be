from identity.admin import (  # noqa: F401
    candidates,
    datamap,
    kinds,
    member_panels,
    order_panels,
    quarantine,
    recipes,
    rules,
    runs,
    schemas,
    super_id,
    tracking,
)
from identity.admin.review import listing  # noqa: F401
