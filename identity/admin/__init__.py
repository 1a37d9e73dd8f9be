from identity.admin import (  # noqa: F401
    candidates,
    datamap,
    imports,
    kinds,
    member_panels,
    order_panels,
    programmes,
    quarantine,
    recipes,
    rules,
    runs,
    schemas,
    super_id,
    tracking,
    trials,
    verdicts,
)
from identity.admin.review import listing  # noqa: F401
