"""Invoice and vendor entry of the samples, as a simulator."""

from __future__ import annotations

from typing import Any

from dreamdesk.dream.environments.simulator import SimulatedWorld, ToolError
from dreamdesk.model.canonical import Json


class LedgerEntry(SimulatedWorld):
    """Documents, vendors and purchase orders; postings, bank changes and the controller's list.

    A task may have "lost_answers": of so many first calls of a tool the effect takes place and the answer is lost.
    """

    def __init__(self, data: Json, task: Json) -> None:
        super().__init__(data, task)
        self._lost = {tool: list(texts) for tool, texts in task.get("lost_answers", {}).items()}

    def read_document(self, document_id: str) -> Json:  # noqa: D102
        return self.found("documents", document_id, "document")

    def search_vendors(self, name: str = "", vat_number: str = "") -> Json:  # noqa: D102
        return [
            {key: vendor[key] for key in ("vendor_id", "name", "vat_number") if key in vendor}
            for vendor in self.data["vendors"].values()
            if (vendor.get("vat_number") == vat_number if vat_number else name.casefold() in vendor["name"].casefold())
        ]

    def get_vendor(self, vendor_id: str) -> Json:  # noqa: D102
        return self.found("vendors", vendor_id, "vendor")

    def create_vendor(self, name: str, vat_number: str, country: str, currency: str) -> Json:  # noqa: D102
        same = next((v["vendor_id"] for v in self.search_vendors(vat_number=vat_number)), "")
        vendor = {"vendor_id": f"V-{self.number('vendor')}", "name": name, "vat_number": vat_number}
        self.data["vendors"][vendor["vendor_id"]] = {**vendor, "country": country, "currency": currency}
        self.now["vendors"].append(vendor)
        answer = {"vendor_id": vendor["vendor_id"], "status": "created"}
        return {**answer, "warning": f"VAT number is also on {same}"} if same else answer

    def request_bank_change(self, vendor_id: str, bank_reference: str, evidence_document_id: str) -> Json:  # noqa: D102
        vendor = self.found("vendors", vendor_id, "vendor")
        self.found("documents", evidence_document_id, "document")
        change = f"BC-{self.number('bank_change'):04}"
        self.now["bank_changes"].append({"change": change, "vendor_id": vendor_id, "bank_reference": bank_reference})
        raise ToolError(
            f"Error: second approver required. Change {change} is stored as pending; {vendor_id} keeps bank reference "
            f"{vendor.get('bank_reference')} until it is approved."
        )

    def get_purchase_order(self, po_number: str) -> Json:  # noqa: D102
        return self.found("purchase_orders", po_number, "purchase order")

    def find_postings(self, vendor_id: str, invoice_number: str) -> Json:  # noqa: D102
        return [
            {key: posting[key] for key in ("posting_id", "gross", "currency")}
            for posting in self.now["postings"]
            if (posting["vendor_id"], posting["invoice_number"]) == (vendor_id, invoice_number)
        ]

    def post_invoice(self, **invoice: Any) -> Json:  # noqa: D102
        self.found("vendors", invoice["vendor_id"], "vendor")
        posting = {"posting_id": f"P-{self.number('posting')}", **invoice}
        self.now["postings"].append(posting)
        if self._lost.get("post_invoice"):
            raise ToolError(self._lost["post_invoice"].pop(0))
        waits = invoice["gross"] > self.data["approval_limit"]
        answer = {
            "posting_id": posting["posting_id"],
            "status": "waiting_for_controller" if waits else "posted",
            **{key: invoice[key] for key in ("vendor_id", "gross", "currency")},
        }
        order = self.data["purchase_orders"].get(invoice.get("po_number"))
        off = abs(invoice["net"] / order["net"] - 1) * 100 if order else 0
        return {**answer, "note": f"net differs from {order['po_number']} by {off:.1f} %"} if off >= 0.05 else answer

    def flag_for_review(self, document_id: str, reason: str, note: str) -> Json:  # noqa: D102
        self.found("documents", document_id, "document")
        self.now["reviews"].append({"document_id": document_id, "reason": reason, "note": note})
        return {"document_id": document_id, "status": "flagged", "list": "controller"}
