"""The service desk of the samples, as a simulator."""

from __future__ import annotations

from dreamdesk.dream.environments.simulator import SimulatedWorld, ToolError
from dreamdesk.model.canonical import Json


class ServiceDesk(SimulatedWorld):
    """Tickets, services and checks; priorities, queues, pages and restarts.

    A ticket that was routed or closed has left the router's hands, as the runbook has it. A requester answers only the
    questions that were recorded, and another agent's report is not part of this world.
    """

    def get_ticket(self, ticket_id: str) -> Json:  # noqa: D102
        return self.found("tickets", ticket_id, "ticket")

    def get_service(self, service: str) -> Json:  # noqa: D102
        return self.found("services", service, "service")

    def find_similar(self, ticket_id: str) -> Json:  # noqa: D102
        self.found("tickets", ticket_id, "ticket")
        return self.data["similar"].get(ticket_id, [])

    def run_check(self, target: str, check: str) -> Json:  # noqa: D102
        known = self.data["printers"] if check == "print_queue" else self.data["checks"]
        result = known.get(target, {})
        result = result if check == "print_queue" else result.get(check)
        if not result:
            raise ToolError(f"Error: {target} has no check {check}.")
        if isinstance(result, str):
            raise ToolError(result)
        return {"target": target, "check": check, **result}

    def set_priority(self, ticket_id: str, priority: str, reason: str) -> Json:  # noqa: D102
        self._open(ticket_id)["priority"] = priority
        return {"ticket_id": ticket_id, "priority": priority}

    def page_oncall(self, service: str, ticket_id: str, summary: str) -> Json:  # noqa: D102
        on_call = self.found("services", service, "service").get("on_call")
        if on_call is None:
            raise ToolError(f"Error: {service} has no on-call rota.")
        routed = self._ticket(ticket_id).get("status") == "routed"
        self.now["paged"].append({"service": service, "ticket_id": ticket_id, "before_routing": not routed})
        return {"paged": on_call, "acknowledged": True}

    def route_ticket(self, ticket_id: str, queue: str, note: str) -> Json:  # noqa: D102
        self._open(ticket_id).update(queue=queue, status="routed")
        return {"ticket_id": ticket_id, "queue": queue, "status": "routed"}

    def restart_print_queue(self, printer: str) -> Json:  # noqa: D102
        self.found("printers", printer, "printer").update(result="running", jobs_waiting=0)
        return {"printer": printer, "status": "restarted"}

    def restart_device(self, device: str, at: str, ticket_id: str) -> Json:  # noqa: D102
        when = self.task.get("clock", at) if at == "now" else at
        self.now["restarted"].append({"device": device, "at": when})
        return {"device": device, "status": "restarting", "at": when}

    def ask_requester(self, ticket_id: str, question: str) -> Json:  # noqa: D102
        answer = self.data["answers"].get(ticket_id, {}).get(question)
        return None if answer is None else {"ticket_id": ticket_id, "answer": answer}

    def close_ticket(self, ticket_id: str, resolution: str, note: str) -> Json:  # noqa: D102
        self._open(ticket_id).update(status="closed", resolution=resolution)
        return {"ticket_id": ticket_id, "status": "closed"}

    def hand_over(self, to_agent: str, ticket_id: str, summary: str) -> Json:  # noqa: D102
        return None

    def _ticket(self, ticket_id: str) -> Json:
        self.found("tickets", ticket_id, "ticket")
        return self.now["tickets"].setdefault(ticket_id, {})

    def _open(self, ticket_id: str) -> Json:
        ticket = self._ticket(ticket_id)
        if "status" in ticket:
            where = f"with {ticket['queue']}" if ticket["status"] == "routed" else "closed"
            raise ToolError(f"Error: {ticket_id} is {where}; it can no longer be changed here.")
        return ticket
