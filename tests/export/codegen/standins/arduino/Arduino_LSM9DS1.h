#pragma once
struct Motion {
    int begin();
    int readAcceleration(float &x, float &y, float &z);
    int readGyroscope(float &x, float &y, float &z);
};
extern Motion IMU;
