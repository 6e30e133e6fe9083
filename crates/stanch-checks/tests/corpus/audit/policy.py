import json

import boto3

p = {}
p["Statement"] = [p]
boto3.client("iam").put_role_policy(PolicyDocument=json.dumps(p), **p)
boto3.client("iam").put_role_policy(PolicyDocument="{{{{")
boto3.client("iam").attach_role_policy(PolicyArn=":iam::aws:policy/")
