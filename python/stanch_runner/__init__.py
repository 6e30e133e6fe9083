"""What `stanch prove` loads into the user's interpreter: it runs the app and tells what the app does.

Standard library only, Python 3.9 and later. Nothing here may change what the app answers.
"""
