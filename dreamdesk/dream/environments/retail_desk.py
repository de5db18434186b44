"""The warranty and returns desk of the samples, as a simulator."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dreamdesk.dream.environments.simulator import SimulatedWorld, ToolError
from dreamdesk.model.canonical import Json


class RetailDesk(SimulatedWorld):
    """Orders, customers, articles and shipments; claims, refunds, cancellations, returns and credits."""

    def get_order(self, order_id: str, email: str) -> Json:  # noqa: D102
        order = self.data["orders"].get(order_id)
        if order is None or order["email"] != email:  # an order that is not there is told from no other
            raise ToolError("Verification failed: the e-mail address does not match this order.")
        return order["record"]

    def get_customer(self, customer_id: str) -> Json:  # noqa: D102
        return self.found("customers", customer_id, "customer")

    def get_policy(self, sku: str) -> Json:  # noqa: D102
        return self.found("articles", sku, "article")

    def track_shipment(self, order_id: str) -> Json:  # noqa: D102
        return self.found("shipments", order_id, "shipment of order")

    def get_claim(self, order_id: str) -> Json:  # noqa: D102
        claims = [claim for claim in self.now["claims"] if claim["order_id"] == order_id]
        if not claims:
            raise ToolError(f"Error: there is no claim on order {order_id}.")
        return {**claims[-1], "opened": self._order(order_id)["as_of"], "status": "closed"}

    def close_claim(self, order_id: str, decision: str, code: str, remedy: str | None = None) -> Json:  # noqa: D102
        self._order(order_id)
        if any(claim["order_id"] == order_id for claim in self.now["claims"]):
            raise ToolError(f"Error: the claim on {order_id} is closed; only the claims team reopens it.")
        decided = {"decision": decision, "code": code, **({"remedy": remedy} if remedy else {})}
        claim = {"claim_id": f"CL-{self.number('claim')}", "order_id": order_id, **decided}
        self.now["claims"].append(claim)
        return {"claim_id": claim["claim_id"], "status": "closed", **decided}

    def issue_refund(self, order_id: str, sku: str, amount: float, payment_method_id: str) -> Json:  # noqa: D102
        order = self._order(order_id)
        self._item(order, sku)
        customer = self.data["customers"].get(order["customer"]["id"], {})
        methods = {m["id"]: m for m in (order["payment"], *customer.get("payment_methods", ()))}
        if payment_method_id not in methods:
            raise ToolError(f"Error: {payment_method_id} is no payment method of this customer.")
        if any((r["order_id"], r["sku"]) == (order_id, sku) for r in self.now["refunds"]):
            raise ToolError(f"Error: {sku} of order {order_id} has been refunded.")
        paid = {"amount": amount, "payment_method_id": payment_method_id}
        self.now["refunds"].append({"order_id": order_id, "sku": sku, **paid})
        last4 = methods[payment_method_id]["last4"]
        return {"refund_id": f"RF-{self.number('refund')}", "status": "paid", **paid, "last4": last4}

    def cancel_items(self, order_id: str, skus: Sequence[str], reason: str) -> Json:  # noqa: D102
        order = self._order(order_id)
        items = [self._item(order, sku) for sku in skus]
        for item in items:
            if item.get("status") != "processing":
                raise ToolError(f"Error: {item['sku']} is {item.get('status')} and cannot be cancelled.")
        for item in items:
            item["status"] = "cancelled"
            self.now["cancelled"].append({"order_id": order_id, "sku": item["sku"], "reason": reason})
        payment, amount = order["payment"], round(sum(item["paid"] for item in items), 2)
        refund = {"amount": amount, "payment_method_id": payment["id"], "last4": payment["last4"]}
        return {"order_id": order_id, "cancelled": list(skus), "refund": refund}

    def create_return(self, order_id: str, sku: str, condition: str, refund_percent: int) -> Json:  # noqa: D102
        order = self._order(order_id)
        item = self._item(order, sku)
        self.now["returns"].append(
            {"order_id": order_id, "sku": sku, "condition": condition, "refund_percent": refund_percent}
        )
        answer = {
            "return_id": f"RT-{self.number('return')}",
            "status": "label_sent",
            "refund_percent": refund_percent,
        }
        until = item.get("return_until")
        late = (date.fromisoformat(order["as_of"]) - date.fromisoformat(until)).days if until else 0
        return {**answer, "warning": f"outside return window by {late} days"} if late > 0 else answer

    def add_credit(self, customer_id: str, order_id: str, amount: float, reason: str) -> Json:  # noqa: D102
        self._order(order_id)
        self.now["credits"].append(
            {"customer_id": customer_id, "order_id": order_id, "amount": amount, "reason": reason}
        )
        return {"credit_id": f"GC-{self.number('credit')}", "status": "added", "amount": amount}

    def update_address(self, order_id: str, street: str, postcode: str, city: str) -> Json:  # noqa: D102
        order = self._order(order_id)
        if order["delivered"] is not None:
            raise ToolError(f"Error: order {order_id} has been delivered.")
        order["delivery_address"] = f"{street}, {postcode}, {city}"
        self.now["addresses"].append({"order_id": order_id, "address": order["delivery_address"]})
        return {"order_id": order_id, "delivery_address": order["delivery_address"]}

    def transfer_to_human(self, queue: str, summary: str) -> Json:  # noqa: D102
        self.now["transfers"].append({"queue": queue, "summary": summary})
        return {"status": "transferred", "queue": queue}

    def _order(self, order_id: str) -> Json:
        return self.found("orders", order_id, "order")["record"]

    def _item(self, order: Json, sku: str) -> Json:
        item = next((item for item in order["items"] if item["sku"] == sku), None)
        if item is None:
            raise ToolError(f"Error: {sku} is not part of order {order['order_id']}.")
        return item
