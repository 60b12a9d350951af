"""The web server's door: `gunicorn pleniere.config.wsgi`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pleniere.config.settings")
application = get_wsgi_application()
