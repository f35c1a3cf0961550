"""The only room that imports Airflow: timetable, sensors, triggers, hooks, retry policies, task bodies."""
