"""One page for people, three JSON endpoints for programs.

| endpoint | answer |
| --- | --- |
| `POST /api/orders` `{"item": "tea", "quantity": 2, "work_seconds": 0}` | 201 and the order; 400 `{"errors": …}` |
| `GET /api/orders/<id>` | the order, or 404 |
| `GET /api/stats` | `{"orders", "orders_from": "cache" or "database", "heartbeats", "last_heartbeat"}` |
"""

import json
import logging

from django.core.cache import cache
from django.db import transaction
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from pymemcache.exceptions import MemcacheError
from redis import RedisError

from orders.forms import OrderForm
from orders.models import Heartbeat, Order
from orders.tasks import pack

log = logging.getLogger(__name__)

COUNT_KEY = "orders:count"
COUNT_SECONDS = 30
#: What a cache raises that is away, whichever it is.
AWAY = (OSError, RedisError, MemcacheError)


def place(form):
    """Save a valid form as an order and hand it to a worker after the commit, so that the worker sees the row.

    A broker that is away costs the customer nothing: the order stays pending until `requeue_forgotten` finds it.
    """
    with transaction.atomic():
        order = form.save()
        # A lambda: Django's report of a robust callback that failed needs `__qualname__`, which a partial has not.
        transaction.on_commit(lambda: pack.delay(order.pk), robust=True)
    try:
        cache.delete(COUNT_KEY)
    except AWAY:
        log.warning("the cache is away: the number of orders may be late", exc_info=True)
    return order


def count_orders():
    """How many orders there are, and where the number is from. A cache that is away slows this down, no more."""
    try:
        count = cache.get(COUNT_KEY)
        if count is not None:
            return count, "cache"
        count = Order.objects.count()
        cache.set(COUNT_KEY, count, COUNT_SECONDS)
    except AWAY:
        log.warning("the cache is away: counting orders in the database", exc_info=True)
        count = Order.objects.count()
    return count, "database"


@require_http_methods(["GET", "HEAD", "POST"])
def page(request):
    """The latest orders and the form that places one."""
    form = OrderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        place(form)
        return redirect("page")
    count, source = count_orders()
    context = {"form": form, "orders": Order.objects.all()[:20], "count": count, "source": source}
    return render(request, "orders/page.html", context, status=400 if form.errors else 200)


# No cookie and no session authorises this call, so there is nothing that a forged request could borrow.
@csrf_exempt
@require_POST
def create(request):
    try:
        data = json.loads(request.body)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        return JsonResponse({"errors": {"__all__": ["the body is not a JSON object"]}}, status=400)
    form = OrderForm(data)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=400)
    order = place(form)
    # Without a broker the task has run already.
    order.refresh_from_db()
    return JsonResponse(as_json(order), status=201)


@require_GET
def detail(request, order_id):
    return JsonResponse(as_json(get_object_or_404(Order, pk=order_id)))


@require_GET
def stats(request):
    count, source = count_orders()
    last = Heartbeat.objects.first()
    return JsonResponse(
        {
            "orders": count,
            "orders_from": source,
            "heartbeats": Heartbeat.objects.count(),
            "last_heartbeat": last and last.at.isoformat(),
        }
    )


def as_json(order):
    return {
        "id": order.pk,
        "item": order.item,
        "quantity": order.quantity,
        "work_seconds": order.work_seconds,
        "status": order.status,
        "result": order.result,
        "packed_by": order.packed_by,
        "attempts": order.attempts,
    }
