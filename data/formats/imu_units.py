"""The units of IMU columns, found by gravity: the one signal that every worn IMU carries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..input_error import InputError, OnFault
from ..recording import IMU_COLUMNS

__all__ = ["body_rates_dps", "check_units", "edge_ai_in_si"]

GRAVITY_MS2 = (7.0, 13.0)
"""The median length of an acceleration with gravity lies here, even of a poor sensor on a walker."""

MOVING_MS2 = (5.0, 25.0)
"""On a runner, half of whose time is spent in the air or landing, it lies here."""

MAX_ACC_MS2 = 400.0
MAX_GYRO_DPS = 5000.0
"""Beyond these (40 g; sensors end at 4000 deg/s) values are no sensor's."""

STEADY_SHARE = 0.25
"""Gravity's length varies less than this (median deviation over median), a rate's more."""

RUNNING_SHARE = 0.1
"""Of a runner the length of the acceleration varies by more than this; of a wrong scale at rest, by less."""

_UNITS_OF_ONE_G = (
    (0.7, 1.3, "g", "multiply the acc columns by 9.80665"),
    (700.0, 1300.0, "mg", "multiply the acc columns by 0.00980665"),
)


def check_units(
    path: Path, signal: NDArray[np.float64], line_numbers: NDArray[np.int64], *, on_fault: OnFault
) -> None:
    """Refuse an IMU signal whose numbers cannot be m/s^2 with gravity and deg/s.

    Parameters
    ----------
    path
        File the signal comes from.
    signal
        Shape ``(rows, 6)``: acceleration x y z, angular rate x y z.
    line_numbers
        Line of each row in the file.
    on_fault
        Called with every fault.

    Raises
    ------
    InputError
        By way of `on_fault`: acceleration in g or mg or without gravity, acceleration and rate swapped, a
        value that no sensor gives.
    """
    acc = _median_norm(signal[:, :3])
    runs = MOVING_MS2[0] <= acc <= MOVING_MS2[1] and not _is_steady(signal[:, :3], RUNNING_SHARE)
    if not (GRAVITY_MS2[0] <= acc <= GRAVITY_MS2[1] or (runs and not _carries_gravity(signal[:, 3:]))):
        on_fault(_gravity_fault(path, acc, signal[:, 3:]))
        return
    limits = np.array([MAX_ACC_MS2] * 3 + [MAX_GYRO_DPS] * 3)
    beyond = np.argwhere(np.abs(signal) > limits)
    if len(beyond):
        row, column = (int(at) for at in beyond[0])
        unit = "m/s2" if column < 3 else "deg/s"
        on_fault(
            InputError(
                path,
                f"{signal[row, column]:.6g} {unit} is more than a sensor measures ({limits[column]:g})",
                field=f"line {line_numbers[row]}, {IMU_COLUMNS[column]}",
                remedy="delete the row, or correct the scale of the column",
            )
        )


def edge_ai_in_si(
    path: Path, columns: NDArray[np.float64], rate_hz: float, *, on_fault: OnFault
) -> NDArray[np.float64]:
    """Bring the six columns of an edge-AI recording to m/s^2 and deg/s.

    In the published recordings the column names are exchanged. The columns called ``Gyro Y, P, R`` have a
    length of 9.8 to 10.3 at rest, whatever the posture: they are the acceleration in m/s^2. The columns
    called ``Accel x, y, z`` are yaw, pitch and roll in degrees, from the sensor's own fusion. With that
    reading gravity fits: ``Gyro P = g sin(pitch)``, ``Gyro Y = -g cos(pitch) sin(roll)`` and
    ``Gyro R = g cos(pitch) cos(roll)`` hold within the sensor's offset in recordings of several subjects
    (e.g. subject 14287, sit, music, laugh: -9.24, -0.07, -3.75 at roll 111.8 deg). The angular rate is
    therefore the derivative of the angles, turned into the acceleration's axes. Files in which the columns
    named ``Accel`` do carry gravity in m/s^2 are taken by their names.

    Parameters
    ----------
    path
        File the columns come from.
    columns
        Shape ``(rows, 6)``, in the order ``Accel x, y, z, Gyro Y, P, R``.
    rate_hz
        Rows per second.
    on_fault
        Called with a fault.

    Returns
    -------
    NDArray[np.float64]
        Shape ``(rows, 6)``: acceleration in m/s^2 and angular rate in deg/s, on the same three axes.

    Raises
    ------
    InputError
        By way of `on_fault`: neither triple carries gravity in m/s^2.
    """
    named_acc, named_gyro = columns[:, :3], columns[:, 3:]
    acc, gyro = _median_norm(named_acc), _median_norm(named_gyro)
    if GRAVITY_MS2[0] <= acc <= GRAVITY_MS2[1]:
        return columns
    if GRAVITY_MS2[0] <= gyro <= GRAVITY_MS2[1]:
        return np.concatenate([named_gyro, body_rates_dps(named_acc, rate_hz)], axis=1)
    on_fault(
        InputError(
            path,
            f"no three columns carry gravity in m/s2 (median length: Accel {acc:.4g}, Gyro {gyro:.4g})",
            remedy="check the units; 9.81 is expected at rest",
        )
    )
    return columns


def body_rates_dps(angles_deg: NDArray[np.float64], rate_hz: float) -> NDArray[np.float64]:
    """Angular rate of a body from its yaw, pitch and roll.

    The rates about the body axes are, for yaw psi, pitch theta and roll phi (rotations z-y'-x''),
    ``wx = phi' - psi' sin(theta)``, ``wy = theta' cos(phi) + psi' cos(theta) sin(phi)``,
    ``wz = -theta' sin(phi) + psi' cos(theta) cos(phi)`` (Diebel J, "Representing attitude", Stanford 2006).
    The edge-AI acceleration columns lie along body y, x and -z.

    Parameters
    ----------
    angles_deg
        Yaw, pitch, roll in degrees, shape ``(rows, 3)``; jumps of a whole turn are undone.
    rate_hz
        Rows per second.

    Returns
    -------
    NDArray[np.float64]
        Deg/s about the axes of the columns ``Gyro Y, P, R``, shape ``(rows, 3)``.
    """
    unwrapped = np.unwrap(angles_deg, period=360.0, axis=0)
    if len(unwrapped) < 2:
        return np.zeros_like(unwrapped)
    yaw_rate, pitch_rate, roll_rate = np.gradient(unwrapped, 1.0 / rate_hz, axis=0).T
    _, pitch, roll = np.deg2rad(unwrapped).T
    about_x = roll_rate - yaw_rate * np.sin(pitch)
    about_y = pitch_rate * np.cos(roll) + yaw_rate * np.cos(pitch) * np.sin(roll)
    about_z = -pitch_rate * np.sin(roll) + yaw_rate * np.cos(pitch) * np.cos(roll)
    return np.stack([about_y, about_x, -about_z], axis=1)


def _gravity_fault(path: Path, acc: float, gyro: NDArray[np.float64]) -> InputError:
    field = "acc columns"
    if _carries_gravity(gyro):
        return InputError(
            path,
            f"the acc columns have length {acc:.4g} and the gyro columns {_median_norm(gyro):.4g}:"
            " they look exchanged",
            field=field,
            remedy="exchange the names in the header row",
        )
    for low, high, unit, remedy in _UNITS_OF_ONE_G:
        if low <= acc <= high:
            problem = f"the median length is {acc:.4g}: this is {unit}, not m/s2"
            return InputError(path, problem, field=field, remedy=remedy)
    return InputError(
        path,
        f"the median length is {acc:.4g} m/s2, gravity makes it 9.81",
        field=field,
        remedy="write acceleration in m/s2 with gravity left in",
    )


def _carries_gravity(triple: NDArray[np.float64]) -> bool:
    return GRAVITY_MS2[0] <= _median_norm(triple) <= GRAVITY_MS2[1] and _is_steady(triple)


def _is_steady(triple: NDArray[np.float64], share: float = STEADY_SHARE) -> bool:
    norm = np.linalg.norm(triple, axis=1)
    median = float(np.median(norm))
    return float(np.median(np.abs(norm - median))) < share * median


def _median_norm(triple: NDArray[np.float64]) -> float:
    return float(np.median(np.linalg.norm(triple, axis=1)))
