"""The congress: what is sold in it, to whom, at what price, from which stock, in which steps."""

from .congresses import CODE, Congress, CongressQuerySet, LegalText, Member
from .discounts import Discount
from .enquiries import Enquiry, EnquiryDates, EnquiryNeed, EnquiryOption, EnquiryQuerySet, EnquiryReason
from .seasons import RateType, Season
from .selling import NO_DAY, Audience, Method, Offer, Pool, Price, Step, Window
from .stays import StayRule

__all__ = [
    "CODE",
    "NO_DAY",
    "Audience",
    "Congress",
    "CongressQuerySet",
    "Discount",
    "Enquiry",
    "EnquiryDates",
    "EnquiryNeed",
    "EnquiryOption",
    "EnquiryQuerySet",
    "EnquiryReason",
    "LegalText",
    "Member",
    "Method",
    "Offer",
    "Pool",
    "Price",
    "RateType",
    "Season",
    "StayRule",
    "Step",
    "Window",
]
