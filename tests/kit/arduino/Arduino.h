// A stand-in for the part of Arduino's core that our sketch uses, on this machine: so that the sketch of docs/languages/arduino.md can be compiled and run as it is.
#pragma once
#include <cstdio>
#include <ctime>

inline void delay(unsigned long milliseconds) {
    struct timespec pause = {static_cast<time_t>(milliseconds / 1000), static_cast<long>(milliseconds % 1000) * 1000000};
    nanosleep(&pause, nullptr);
}

inline int analogRead(int pin) {
    static int reading = 0;
    return pin * 100 + reading++ % 50;
}
