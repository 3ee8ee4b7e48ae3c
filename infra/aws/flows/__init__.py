"""Contact flows in Connect's flow language, with placeholders as CloudFormation's `Fn::Sub` has."""
