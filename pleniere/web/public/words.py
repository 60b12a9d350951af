"""Words of the lodging page: what a hotel has around its rooms, what a night costs."""

from django.utils.translation import gettext_lazy as _

AMENITIES = {  # code: (icon, word)
    "LIFT": ("up", _("Lift")),
    "AIRCON": ("check", _("Air conditioning")),
    "WIFI": ("check", _("Wi-Fi")),
    "PARKING": ("pin", _("Parking")),
    "KITCHEN": ("fork", _("Kitchen")),
    "RESTAURANT": ("fork", _("Restaurant")),
    "ACCESS": ("wheel", _("Accessible rooms")),
    "BAR": ("fork", _("Bar")),
    "POOL": ("check", _("Swimming pool")),
    "PETS": ("check", _("Pets welcome")),
}
BANDS = (_("up to €80"), _("from €80 to €110"), _("from €110 to €150"), _("more than €150"))
