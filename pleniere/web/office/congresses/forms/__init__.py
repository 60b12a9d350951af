"""The set-up's forms: shapes of input only; what makes sense is the actions' to say."""

from .discounts import DiscountForm
from .general import CongressForm, GeneralForm, NewCongressForm
from .members import MemberForm, OpeningForm, ReasonForm
from .offers import AudienceForm, NewOfferForm, OfferForm, StepForm, WindowForm
from .selling import ClauseForm, LegalForm, MethodForm, TextsForm
from .stays import StayRuleForm

__all__ = [
    "AudienceForm",
    "ClauseForm",
    "CongressForm",
    "DiscountForm",
    "GeneralForm",
    "LegalForm",
    "MemberForm",
    "MethodForm",
    "NewCongressForm",
    "NewOfferForm",
    "OfferForm",
    "OpeningForm",
    "ReasonForm",
    "StayRuleForm",
    "StepForm",
    "TextsForm",
    "WindowForm",
]
