"""The web server's door: `gunicorn pleniere.config.wsgi`."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pleniere.config.settings")
application = get_wsgi_application()

# What is loaded stays for good: the web processes share it, and none of them looks through it again for what to free.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 20)
