"""What runs in the customer's AWS account: functions, contact flows, and the template of both."""
