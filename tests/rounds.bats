#!/usr/bin/env bats
# Whatever moment a run is stopped at: tests/rounds.py says what has to hold.

load helper

@test "rounds: killed at any moment, nothing survives weir [R19, R23, R31]" {
	run -0 timeout -s KILL 120 python3 "$BATS_TEST_DIRNAME/rounds.py" kill9 12
	assert_line --partial '0 of 12 failed'
}

@test "rounds: stopped at any moment, nothing survives, and all is accounted for [R19, R28, R31]" {
	run -0 timeout -s KILL 120 python3 "$BATS_TEST_DIRNAME/rounds.py" signals 12
	assert_line --partial '0 of 12 failed'
}

# bats test_tags=slow
@test "rounds: killed five hundred times, nothing survives weir [R19, R23, R31]" {
	run -0 timeout -s KILL 3000 python3 "$BATS_TEST_DIRNAME/rounds.py" kill9 500
	echo "$output" >&3
}

# bats test_tags=slow
@test "rounds: stopped five hundred times, all is accounted for [R19, R28, R31]" {
	run -0 timeout -s KILL 3000 python3 "$BATS_TEST_DIRNAME/rounds.py" signals 500
	echo "$output" >&3
}
