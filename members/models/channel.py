from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.Model):
    """One way in which customers meet the group, and the namespace of their account ids."""

    class SourceClass(models.TextChoices):
        ECOMMERCE = "ecommerce", _("third-party e-commerce")
        SELF_OPERATED = "self_operated", _("self-operated online")
        OFFLINE = "offline", _("offline store")
        AD_CONTENT = "ad_content", _("ad or content platform")
        SOCIAL = "social", _("social platform")

    class Kind(models.TextChoices):
        TMALL = "tmall", _("Tmall")
        JD = "jd", _("JD")
        YOUZAN = "youzan", _("Youzan")
        DOUYIN_SHOP = "douyin_shop", _("Douyin shop")
        XIAOHONGSHU = "xiaohongshu", _("Xiaohongshu")
        APP = "app", _("own App")
        MALL = "mall", _("own mall")
        WEBSITE = "website", _("website")
        MINI_PROGRAM = "mini_program", _("WeChat mini-program")
        SERVICE_ACCOUNT = "service_account", _("WeChat official account")
        WECOM = "wecom", _("WeCom")
        POS = "pos", _("store POS")
        CRM = "crm", _("CRM system")
        AD = "ad", _("advertising platform")
        DOUYIN = "douyin", _("Douyin enterprise account")
        WEIBO = "weibo", _("Weibo")
        APPLIANCE = "appliance", _("connected appliances")

    code = models.CharField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    source_class = models.CharField(_("source class"), max_length=16, choices=SourceClass)
    organization = models.ForeignKey(
        "members.Organization",
        verbose_name=_("organization"),
        on_delete=models.PROTECT,
        related_name="channels",
    )
    first_party = models.BooleanField(
        _("first-party"), help_text=_("The group owns this channel and its data.")
    )
    named = models.BooleanField(
        _("named"),
        default=True,
        help_text=_("Customers of this channel are known to it; off for anonymous visitors."),
    )
    one_account_a_person = models.BooleanField(
        _("one account a person"),
        default=False,
        help_text=_("Two accounts of this channel are never joined into one person."),
    )

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        constraints = [
            models.CheckConstraint(
                name="channel_code_without_colon", condition=~models.Q(code__contains=":"),
                violation_error_message=_("A channel's code has no colon: the keys of its tills begin with it."),
            )
        ]  # fmt: skip

    def __str__(self):
        return self.name
