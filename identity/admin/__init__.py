from identity.admin import (  # noqa: F401
    datamap,
    kinds,
    member_panels,
    order_panels,
    quarantine,
    rules,
    runs,
    super_id,
    schemas,
    tracking,
)
from identity.admin.review import listing  # noqa: F401
