"""Settings that differ in production: mounted over the image's empty newsroom/local_settings.py."""

EMAIL_TIMEOUT = 10
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
