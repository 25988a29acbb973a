"""Validation of an order, shared by the page and the API."""

from django import forms

from orders.models import Order


class OrderForm(forms.ModelForm):
    quantity = forms.IntegerField(min_value=1, max_value=1000, required=False, initial=1)
    work_seconds = forms.IntegerField(min_value=0, max_value=30, required=False, initial=0)

    class Meta:
        model = Order
        fields = ["item", "quantity", "work_seconds"]

    def clean_quantity(self):
        return 1 if self.cleaned_data["quantity"] is None else self.cleaned_data["quantity"]

    def clean_work_seconds(self):
        return self.cleaned_data["work_seconds"] or 0
