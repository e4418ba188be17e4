"""The executor of our jobs: steps that do not wait for each other run side by side, in threads of one process.

Of Dagster's own executors one runs steps one after the other, the others give each a process, which would start a Spark
session of its own. Spark's session serves many threads, and while a step waits for it, another can learn.
"""

from collections.abc import Iterator
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import cast

import sqlalchemy.orm  # noqa: F401  loaded whole before threads meet in it: half of it breaks the queries of the other
from dagster import DagsterEvent, Executor, Field, InitExecutorContext, IntSource, executor
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster._core.execution.api import ExecuteRunWithPlanIterable
from dagster._core.execution.compute_logs import create_compute_log_file_key
from dagster._core.execution.context.system import (
    PlanExecutionContext,
    PlanOrchestrationContext,
    StepExecutionContext,
)
from dagster._core.execution.context_creation_job import PlanExecutionContextManager
from dagster._core.execution.plan.active import ActiveExecution
from dagster._core.execution.plan.execute_plan import dagster_event_sequence_for_step
from dagster._core.execution.plan.instance_concurrency_context import InstanceConcurrencyContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode

from dagster_project.runs import executing

_AT_ONCE = 2
_LISTEN_S = 0.5
_Told = SimpleQueue[tuple[str, DagsterEvent | None]]  # a step's key, and what happened in it: None once it has ended


class SideBySide(Executor):
    """Runs so many steps at once; as in Dagster's in-process executor, all share the run's resources."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once

    @property
    def retries(self) -> RetryMode:
        """A step that asks for it is tried again in the same run."""
        return RetryMode.ENABLED

    def execute(self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan) -> Iterator[DagsterEvent]:
        """The events of a run, as they happen."""
        with executing(plan_context.instance, plan_context.run_id):
            yield from ExecuteRunWithPlanIterable(
                execution_plan=execution_plan,
                iterator=self._run,
                execution_context_manager=PlanExecutionContextManager(
                    job=plan_context.job,
                    retry_mode=plan_context.retry_mode,
                    execution_plan=execution_plan,
                    run_config=plan_context.run_config,
                    dagster_run=plan_context.dagster_run,
                    instance=plan_context.instance,
                    raise_on_error=plan_context.raise_on_error,
                    output_capture=plan_context.output_capture,
                    step_dependency_config=self.step_dependency_config,
                ),
            )

    def _run(self, job_context: PlanExecutionContext, execution_plan: ExecutionPlan) -> Iterator[DagsterEvent]:
        logs = job_context.instance.compute_log_manager
        place = logs.build_log_key_for_run(job_context.run_id, create_compute_log_file_key())
        with (
            logs.capture_logs(place) as captured,
            InstanceConcurrencyContext(job_context.instance, job_context.dagster_run) as pools,
            execution_plan.start(
                retry_mode=self.retries,
                instance_concurrency_context=pools,
                step_dependency_config=self.step_dependency_config,
            ) as steps,
        ):
            yield DagsterEvent.capture_logs(job_context, execution_plan.step_keys_to_execute, place, captured)
            yield from self._side_by_side(job_context, steps)

    def _side_by_side(self, context: PlanExecutionContext, steps: ActiveExecution) -> Iterator[DagsterEvent]:
        told, running = _Told(), dict[str, list[DagsterEvent]]()
        while not steps.is_complete:
            for step in steps.get_steps_to_execute(limit=self._at_once - len(running)):
                _start(context.for_step(step, steps.get_known_state()), told)
                running[step.key] = []
            yield from steps.concurrency_event_iterator(context)
            yield from steps.plan_events_iterator(context)  # what is skipped since something before it failed
            if not running:
                steps.sleep_til_ready()
                continue
            key, event = _next(told, steps)
            if event:
                running[key].append(event)
                yield event
            else:  # what it came to counts once its thread is done: it may be to run again
                for event in running.pop(key):
                    steps.handle_event(event)
                steps.verify_complete(context, key)


def _start(step: StepExecutionContext, told: _Told) -> None:
    # A run that is told to end does not wait for its steps: each may be cut off anywhere, and be run again.
    Thread(target=_tell, args=(step, told), name=step.step.key, daemon=True).start()


def _next(told: _Told, steps: ActiveExecution) -> tuple[str, DagsterEvent | None]:
    """What a step tells next.

    Raises:
        DagsterExecutionInterruptedError: the run was told to end.
    """
    while not steps.check_for_interrupts():
        with suppress(Empty):
            return told.get(timeout=_LISTEN_S)
    steps.mark_interrupted()
    raise DagsterExecutionInterruptedError("the run was told to end")


def _tell(step: StepExecutionContext, told: _Told) -> None:
    """Run a step. What fails in it is among its events."""
    try:
        for event in dagster_event_sequence_for_step(step):
            told.put((step.step.key, event))
    finally:
        told.put((step.step.key, None))


@executor(
    name="side_by_side",
    config_schema={"at_once": Field(IntSource, default_value=_AT_ONCE, description="how many steps run at once")},
)
def side_by_side(init: InitExecutorContext) -> SideBySide:
    """Steps side by side in threads of the run's process."""
    return SideBySide(at_once=cast("int", init.executor_config["at_once"]))
