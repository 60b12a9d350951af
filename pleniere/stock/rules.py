"""Who may see stock. Changing it is the business of the floors above, each under its own verb."""

from pleniere.accounts.rights import STAFF, declare

declare({"stock.see": STAFF})
