"""Health endpoints for the kubelet and for load balancers.

`/livez`: this process answers. `/readyz`: and its URL configuration, hence every view, is importable. Neither touches
the database, the cache or the broker: a slow shared dependency must not take every pod out of service at once.

This is a middleware and not a view because it has to come before all others: a probe by pod IP carries a Host that
ALLOWED_HOSTS does not list, and no X-Forwarded-Proto, so that it would meet 400 or a redirect to https.
"""

from asgiref.sync import iscoroutinefunction
from django.http import HttpResponse
from django.urls import get_resolver
from django.utils.decorators import sync_and_async_middleware


def answer(request):
    """The health response to `request`, or None when it asks for something else."""
    if request.method not in ("GET", "HEAD"):
        return None
    if request.path_info == "/livez":
        return HttpResponse("ok\n", content_type="text/plain")
    if request.path_info == "/readyz":
        # Django imports the URL configuration with the first request; a pod whose views do not import is not ready.
        _ = get_resolver().url_patterns
        return HttpResponse("ok\n", content_type="text/plain")
    return None


@sync_and_async_middleware
def health(get_response):
    if iscoroutinefunction(get_response):

        async def middleware(request):
            return answer(request) or await get_response(request)

    else:

        def middleware(request):
            return answer(request) or get_response(request)

    return middleware
