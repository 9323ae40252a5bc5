#include "transports/docker_api.hpp"
