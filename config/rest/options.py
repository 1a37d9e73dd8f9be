"""The REST framework's settings: closed by default, JSON only, every refusal a problem document."""

import environ


def framework(env: environ.Env) -> dict:
    return {
        "DEFAULT_AUTHENTICATION_CLASSES": ["config.rest.admission.ChannelKeyAuthentication"],
        "DEFAULT_PERMISSION_CLASSES": ["config.rest.admission.HasScope"],
        "DEFAULT_THROTTLE_CLASSES": ["config.rest.throttles.StrangerRate"],
        "DEFAULT_THROTTLE_RATES": {
            "key": env.str("API_RATE_KEY", default="1200/min"),
            "stranger": env.str("API_RATE_STRANGER", default="60/min"),
            "track": env.str("API_RATE_TRACK", default="600/min"),
        },
        "NUM_PROXIES": env.int("API_PROXIES", default=0),
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PARSER_CLASSES": ["config.rest.parsing.BoundedJSON"],
        "DEFAULT_FILTER_BACKENDS": ["config.rest.filtering.StrictFilters"],
        "DEFAULT_PAGINATION_CLASS": "config.rest.paging.Keyset",
        "DEFAULT_SCHEMA_CLASS": "config.rest.schema.Schema",
        "DEFAULT_METADATA_CLASS": None,
        "EXCEPTION_HANDLER": "config.rest.problems.answer",
        "TEST_REQUEST_DEFAULT_FORMAT": "json",
        "COERCE_DECIMAL_TO_STRING": True,
    }


def spectacular() -> dict:
    return {
        "TITLE": "Ninefold",
        "DESCRIPTION": (
            "People, orders, tags and records of every channel. Each request carries `Authorization: Api-Key …`; "
            "a key belongs to one channel and one organization node and sees that node's members only. "
            "Every refusal is a problem document (RFC 9457)."
        ),
        "VERSION": "1",
        "OAS_VERSION": "3.1.0",
        "SERVE_INCLUDE_SCHEMA": False,
        "SERVE_AUTHENTICATION": [],
        "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
        "SCHEMA_PATH_PREFIX": r"/api/v1",
        "COMPONENT_SPLIT_REQUEST": True,
        "POSTPROCESSING_HOOKS": [
            "drf_spectacular.hooks.postprocess_schema_enums",
            "config.rest.schema.add_problems",
            "config.rest.schema.add_records",
        ],
        "ENUM_NAME_OVERRIDES": {
            "ContactKind": "identity.api.cards.CONTACT_CHOICES",
            "OrganizationKind": "members.models.Organization.Kind",
            "ChannelKind": "members.models.Channel.Kind",
            "TagKind": "tags.models.Tag.Kind",
            "TagSource": "tags.models.Tag.Source",
            "CampaignState": "campaigns.models.Campaign.State",
            "ErasureState": "members.models.Erasure.State",
            "RightKind": "members.models.Right.Kind",
            "RightState": "members.api.entitlements.STATES",
            "GiftCardState": "members.models.GiftCard.State",
            "TicketKind": "members.models.Ticket.Kind",
            "TicketState": "members.models.Ticket.State",
            "CouponKind": "campaigns.models.CouponTemplate.Kind",
            "CouponState": "campaigns.models.Coupon.State",
        },
        "SWAGGER_UI_DIST": "SIDECAR",
        "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
        "REDOC_DIST": "SIDECAR",
    }
