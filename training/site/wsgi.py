"""The WSGI applications that gunicorn serves: the site, and its content origin."""

from __future__ import annotations

from training.core import config
from training.core.content_server import create_content_app

from .app import create_app

app = create_app()
content = create_content_app(config.load())
