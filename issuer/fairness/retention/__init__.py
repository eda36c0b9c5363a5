"""The job that deletes what an organisation's rules say is not kept any longer."""
