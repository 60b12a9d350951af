"""What the tests of quotes have at hand."""

import pytest
from django.utils.translation import override

from pleniere.quote.tests.world import built


@pytest.fixture
def w():
    with override("en"):
        yield built()
