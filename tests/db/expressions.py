"""What the tests of SQL functions share: odd numbers, and how often they are tried."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

few = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
any_float = st.none() | st.floats(width=64)
longitudes = st.floats(-360, 720)
latitudes = st.floats(-90, 90)
