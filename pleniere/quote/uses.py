"""What quotes tell the floor below: may registration open?"""

from pleniere.congress.models import Congress
from pleniere.congress.uses import Uses

from .models import Quote


class QuoteUses(Uses):
    def quote_accepted(self, congress: Congress) -> bool:
        return Quote.objects.filter(congress=congress, state=Quote.State.ACCEPTED).exists()
