// A stand-in for WiFi and WiFiClient, on this machine's own sockets. Only what our sketch uses, with the signatures that boards have.
#pragma once
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <string>

#include "Arduino.h"

enum { WL_IDLE_STATUS = 0, WL_CONNECTED = 3 };

struct WiFiClass {
    int asked = 0;
    void begin(const char*, const char*) {}
    int status() { return asked++ ? WL_CONNECTED : WL_IDLE_STATUS; }  // a radio is not there at once
};
inline WiFiClass WiFi;

class WiFiClient {
    int link = -1;

  public:
    int connect(const char* host, unsigned short port) {
        struct addrinfo want = {}, *found = nullptr;
        want.ai_socktype = SOCK_STREAM;
        if (getaddrinfo(host, std::to_string(port).c_str(), &want, &found)) return 0;
        for (struct addrinfo* each = found; each && link < 0; each = each->ai_next) {
            link = socket(each->ai_family, SOCK_STREAM, 0);
            if (::connect(link, each->ai_addr, each->ai_addrlen)) stop();
        }
        freeaddrinfo(found);
        return link >= 0;
    }
    unsigned char connected() { return link >= 0; }
    void stop() {
        if (link >= 0) close(link);
        link = -1;
    }
    size_t print(const char* text) {
        if (link < 0 || send(link, text, strlen(text), MSG_NOSIGNAL) < 0) {
            stop();
            return 0;
        }
        return strlen(text);
    }
    size_t print(int number) { return print(std::to_string(number).c_str()); }
    size_t println(const char* text) { return print(text) + print("\r\n"); }
};
